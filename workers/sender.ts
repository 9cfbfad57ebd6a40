/** The sender of one producer, on a duty cycle. */
import { ControlBlock } from '../src/actor/control-block.js'
import { loadNativeCrc32c } from '../src/base/crc32c.js'
import { openSender, type SenderData } from '../src/client/sender/open-sender.js'
import { tapingObserver } from '../src/cluster/sender-tape.js'
import { workerHost } from '../src/cluster/worker-host.js'

const host = workerHost<SenderData>()
loadNativeCrc32c()
const observer = host.tape === null ? undefined : tapingObserver(host.tape)
host.runDutyCycle(openSender(host.data, new ControlBlock(host.data.applicationControl), observer))
