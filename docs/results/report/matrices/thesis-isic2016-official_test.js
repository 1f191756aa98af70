selcn.add("matrices/thesis-isic2016-official_test", {"protocol":"thesis","task":"lesion","dataset":"isic2016","subset":"official_test","classes":[],"images":[],"labels":"","models":{}});
