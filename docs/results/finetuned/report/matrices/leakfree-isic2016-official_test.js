selcn.add("matrices/leakfree-isic2016-official_test", {"protocol":"leakfree","task":"lesion","dataset":"isic2016","subset":"official_test","classes":[],"images":[],"labels":"","models":{}});
