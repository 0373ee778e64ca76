// The left operand rests in f32, whatever the values of forward passes do.
alias left = f32;
