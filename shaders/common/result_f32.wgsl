// A kernel's result rests in f32, whatever the values of forward passes do.
alias result = f32;
