/** A gateway, on an event loop beside its sockets. */
import { loadNativeCrc32c } from '../src/base/crc32c.js'
import { workerHost } from '../src/cluster/worker-host.js'
import { Gateway, type GatewayData } from '../src/gateway/gateway.js'
import { TcpDoor } from '../src/gateway/tcp-door.js'
import { TlsEntrance } from '../src/gateway/tls/tls-entrance.js'

const host = workerHost<GatewayData>()
const { address, data } = host
loadNativeCrc32c()
host.runEventLoop(
  new Gateway({
    data,
    makeDoor: (listener) =>
      new TcpDoor(data.host, listener, data.tls && new TlsEntrance(data.tls, (says) => listener.turnedAway(says))),
    opened: (opening) => host.ask({ type: 'doorsOpened', address, opening }),
    warn: (says) => host.ask({ type: 'warning', address, says }),
    wake: () => host.control.ring(),
  }),
)
