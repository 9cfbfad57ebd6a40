import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CertificateAuthority } from '../../../../src/gateway/tls/certificate-authority.js'

const NOW_MS = Date.UTC(2026, 1, 3, 4, 5, 6)
const authority = new CertificateAuthority(NOW_MS)
const root = new X509Certificate(authority.certificate)

test('an authority vouches for itself and for what it has issued, and for nothing else', () => {
  const { key, cert } = authority.forServer(['kafka'])
  const issued = new X509Certificate(cert)
  expect(root.ca).toBe(true)
  expect(root.verify(root.publicKey)).toBe(true)
  expect(issued.ca).toBe(false)
  expect(issued.checkIssued(root)).toBe(true)
  expect(issued.verify(root.publicKey)).toBe(true)
  expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(issued.verify(new X509Certificate(new CertificateAuthority(NOW_MS).certificate).publicKey)).toBe(false)
})

test('a certificate names every host by which its server is reached', () => {
  const hosts = ['kafka', 'broker-1.test', '127.0.0.1', '::1', 'fe80::1:2', '::ffff:10.0.0.7', '1:2:3:4:5:6:7:8']
  const issued = new X509Certificate(authority.forServer(hosts).cert)
  expect(issued.subjectAltName).toBe(
    [
      ...['DNS:kafka', 'DNS:broker-1.test', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'],
      ...['IP Address:FE80:0:0:0:0:0:1:2', 'IP Address:0:0:0:0:0:FFFF:A00:7', 'IP Address:1:2:3:4:5:6:7:8'],
    ].join(', '),
  )
  for (const host of ['kafka', 'broker-1.test']) expect(issued.checkHost(host)).toBe(host)
  for (const host of ['127.0.0.1', '::1']) expect(issued.checkIP(host)).toBe(host)
})

test('many hosts make a certificate whose lengths take several bytes', () => {
  const hosts = Array.from({ length: 400 }, (_, index) => `broker-${index}.${'x'.repeat(150)}.test`)
  expect(new X509Certificate(authority.forServer(hosts).cert).subjectAltName?.split(', ')).toHaveLength(400)
})

test('two certificates have two serial numbers', () => {
  const [one, other] = [authority.forServer(['a']), authority.forServer(['a'])].map(
    ({ cert }) => new X509Certificate(cert).serialNumber,
  )
  expect(one).not.toBe(other)
})

describe('a certificate is valid from a day ago for a year', () => {
  test.each([
    [NOW_MS, 'Feb  2 04:05:06 2026 GMT', 'Feb  3 04:05:06 2027 GMT'],
    // From 2050 on years have four digits.
    [Date.UTC(2049, 5, 1), 'May 31 00:00:00 2049 GMT', 'Jun  1 00:00:00 2050 GMT'],
  ])('at %i', (nowMs, from, to) => {
    const { validFrom, validTo } = new X509Certificate(new CertificateAuthority(nowMs).certificate)
    expect([validFrom, validTo]).toEqual([from, to])
  })
})
