// An assembly file lets the package declare functions without a body, which
// the runtime's fork hooks are.
