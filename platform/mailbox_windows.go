package platform

import "errors"

// Mailbox is a path to which other programs append lines; there is none on Windows yet.
type Mailbox struct {
	// Path is what writers open.
	Path string
}

// NewMailbox fails with errors.ErrUnsupported.
func NewMailbox(string) (*Mailbox, error) { return nil, errors.ErrUnsupported }

// Read fails with errors.ErrUnsupported.
func (*Mailbox) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Write fails with errors.ErrUnsupported.
func (*Mailbox) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Close does nothing.
func (*Mailbox) Close() error { return nil }

// ReleaseWriters does nothing: there are no FIFOs.
func ReleaseWriters(string) {}
