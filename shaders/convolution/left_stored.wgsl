// The left operand rests as the values of forward passes do.
alias left = stored;
