// Package consumer holds the clients that read.
package consumer
