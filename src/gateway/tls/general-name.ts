import { isIP } from 'node:net'
import { der } from './der.js'

/** A host as a certificate names it: a DNS name, or an address by its bytes. */
export function generalName(host: string): Buffer {
  return isIP(host) === 0 ? der(0x82, Buffer.from(host, 'latin1')) : der(0x87, addressBytes(host))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  // What `::` leaves out is zeros. A zone such as %lo is of this machine, and no part of the address.
  const [before = '', after = ''] = address.replace(/%.*$/, '').split('::')
  const [head, tail] = [groupsOf(before), groupsOf(after)]
  return Buffer.from([...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail])
}

/** The bytes of groups such as `fe80:1`; the last one may be an address of IPv4. */
function groupsOf(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...addressBytes(group)]
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
