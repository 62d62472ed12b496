// Package signal is the area of process groups and sessions, and of the signal that a parent's death sends.
package signal

const title = "Signals and process groups"
