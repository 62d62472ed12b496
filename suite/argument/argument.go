// Package argument is the area of the argument vector.
package argument
