/** A gateway, on an event loop beside its sockets. */
import { TLS_HANDSHAKE_MS_MAX } from '../src/base/config/internal-limits.js'
import { loadNativeCrc32c } from '../src/base/crc32c.js'
import { workerHost } from '../src/cluster/worker-host.js'
import type { DoorListener } from '../src/gateway/broker-doors.js'
import { Gateway, type GatewayData } from '../src/gateway/gateway.js'
import { TcpDoor } from '../src/gateway/tcp-door.js'
import { TlsEntrance } from '../src/gateway/tls/tls-entrance.js'

const host = workerHost<GatewayData>()
const { address, data } = host
const { tls, limits } = data
const handshakeMs = Math.min(limits.idleMs, TLS_HANDSHAKE_MS_MAX)
const entrance = ({ turnedAway }: DoorListener): TlsEntrance | null =>
  tls && new TlsEntrance({ data: tls, handshakeMs, warn: turnedAway })

loadNativeCrc32c()
host.runEventLoop(
  new Gateway({
    data,
    makeDoor: (listener) => new TcpDoor(data.host, listener, entrance(listener)),
    opened: (opening) => host.ask({ type: 'doorsOpened', address, opening }),
    warn: (says) => host.ask({ type: 'warning', address, says }),
    wake: host.wake,
  }),
)
