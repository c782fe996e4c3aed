package awsjson

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Files of a folder of certificates.
const (
	caFile   = "ca.pem"   // what a client is told to trust: AWS_CA_BUNDLE
	certFile = "cert.pem" // the endpoint's own certificate
	keyFile  = "key.pem"  // and its key
)

// certificateLife is how long a certificate is good for; one that has less than certificateRest left is made anew.
const (
	certificateLife = 2 * 365 * 24 * time.Hour
	certificateRest = 30 * 24 * time.Hour
)

// Certificate returns a certificate for this machine's own names and for hosts, and the file with the authority that a client
// must trust. Both are made when the folder does not hold them, or when what it holds is too old or of other names. The
// authority's key is thrown away: it has signed one certificate, and nobody can make it sign another.
func Certificate(folder string, hosts []string, now time.Time) (cert tls.Certificate, ca string, err error) {
	ca = filepath.Join(folder, caFile)
	names := append([]string{"localhost", "*.localhost", "127.0.0.1", "::1"}, hosts...)
	cert, err = readCertificate(folder, names, now)
	if err == nil {
		return cert, ca, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errUnfit) {
		return cert, ca, fmt.Errorf("read the certificate in %s: %w; remove the folder to have a new one made", folder, err)
	}
	if err := makeCertificate(folder, names, now); err != nil {
		return cert, ca, fmt.Errorf("make a certificate in %s: %w", folder, err)
	}
	cert, err = readCertificate(folder, names, now)
	return cert, ca, err
}

var errUnfit = errors.New("it is too old or of other names")

func readCertificate(folder string, names []string, now time.Time) (tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(filepath.Join(folder, certFile), filepath.Join(folder, keyFile))
	if err != nil {
		return cert, err
	}
	ca, err := os.ReadFile(filepath.Join(folder, caFile))
	if err != nil {
		return cert, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return cert, errors.New(caFile + " holds no certificate")
	}
	for _, name := range names {
		if name[0] == '*' {
			name = "any" + name[1:]
		}
		for _, at := range []time.Time{now, now.Add(certificateRest)} {
			if _, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: bracketed(name), Roots: roots, CurrentTime: at}); err != nil {
				return cert, errUnfit
			}
		}
	}
	return cert, nil
}

// bracketed is a name as Verify takes it: addresses in brackets.
func bracketed(name string) string {
	if net.ParseIP(name) != nil {
		return "[" + name + "]"
	}
	return name
}

func makeCertificate(folder string, names []string, now time.Time) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{"Shardlab"}, CommonName: "Shardlab, for this machine alone"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	own := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{"Shardlab"}, CommonName: "Shardlab's AWS endpoint"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			own.IPAddresses = append(own.IPAddresses, ip)
		} else {
			own.DNSNames = append(own.DNSNames, name)
		}
	}
	caDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, own, authority, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, kind string
		der        []byte
		mode       os.FileMode
	}{{keyFile, "PRIVATE KEY", keyDER, 0o600}, {certFile, "CERTIFICATE", der, 0o644}, {caFile, "CERTIFICATE", caDER, 0o644}} {
		text := pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der})
		if err := os.WriteFile(filepath.Join(folder, f.name), text, f.mode); err != nil {
			return err
		}
	}
	return nil
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic("awsjson: no chance to be had: " + err.Error()) // crypto/rand does not fail
	}
	return n
}
