// Operands rest as the values of forward passes do.
alias source = stored;
