"""Network architectures: functions that build Keras models, one file per architecture."""
