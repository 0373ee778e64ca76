// The right operand rests as the values of forward passes do.
alias right = stored;
