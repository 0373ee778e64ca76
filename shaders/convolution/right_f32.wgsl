// The right operand rests in f32, whatever the values of forward passes do.
alias right = f32;
