// Operands rest in f32, whatever the values of forward passes do.
alias source = f32;
