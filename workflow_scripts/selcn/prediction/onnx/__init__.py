"""The cascade as ONNX: networks and Grad-CAM++ as graphs, and the script that runs them without this library."""
