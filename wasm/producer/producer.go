// Package producer holds the clients that write.
package producer
