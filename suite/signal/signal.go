// Package signal is the area of process groups and sessions, and of the signal that a parent's death sends.
//
// Subjects, in the order of reading: group, pdeathsig.
package signal

const title = "Signals and process groups"
