// Package lookup is the area of how a name becomes an image, and of the errors when it does not.
package lookup
