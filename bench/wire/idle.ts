import { setTimeout } from 'node:timers/promises'
import { assert } from '../../src/base/assert.js'
import { apiVersions } from '../../src/protocol/apis/api-versions.js'
import { RawClient } from '../../test/support/raw-client.js'
import { afresh } from './in-turns.js'
import { residentMegabytesOf } from './process-reading.js'
import type { Server } from './servers.js'
import type { Measured, WireBench } from './wire-bench.js'

/** Connections that have asked for ApiVersions, as each client does first, and say nothing more. */
export const idle: WireBench = {
  name: 'idle',
  run: (options) => afresh(options, (server) => grown(server, Math.ceil(CONNECTIONS * options.scale))),
}

export const CONNECTIONS = 1_000
/** How long they are idle before it is looked at what they cost: a heap is collected once its thread has rested. */
const REST_MS = 10_000
/** So many connect at once: Kafka lets no more wait (`socket.listen.backlog.size`). */
const AT_ONCE = 50

async function grown({ address, pid }: Server, count: number): Promise<readonly Measured[]> {
  const first = await connectIdly(address, 1)
  const before = await residentMegabytesOf(pid)
  const clients = await connectIdly(address, count)
  const after = await residentMegabytesOf(pid)
  await setTimeout(REST_MS)
  const rested = await residentMegabytesOf(pid)
  for (const client of [...first, ...clients]) client.close()
  const what = `${count.toLocaleString('en')} idle connections: memory that they add`
  return [
    { what: `${what}, at once`, unit: 'MB', value: after - before },
    { what: `${what}, after ${REST_MS / 1_000} s`, unit: 'MB', value: rested - before },
  ]
}

export async function connectIdly(address: string, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = []
  while (clients.length < count) {
    const next = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, () => asked(address))
    clients.push(...(await Promise.all(next)))
  }
  return clients
}

async function asked(address: string): Promise<RawClient> {
  const client = await RawClient.to(address)
  const who = { clientSoftwareName: 'bench', clientSoftwareVersion: '1' }
  const { errorCode } = await client.ask(apiVersions, 3, who)
  assert(errorCode === 'NONE', `ApiVersions is answered with ${errorCode}`)
  return client
}
