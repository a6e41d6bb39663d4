// Package archtest keeps the shape of the module true: which package may import
// which, how long a file may be, what a package may be called, and that every
// direct dependency has a reason. Its tests run the checks over the module.
package archtest
