"""The store over HTTP, on this machine only: it reads stored runs and judges nothing."""
