// Package environment is the area of the environment of a child.
package environment
