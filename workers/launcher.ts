/** Creates, ends and reports on every other thread. Runs on its event loop; decides nothing. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Launcher } from '../src/cluster/launcher.js'
import type { LauncherStart } from '../src/cluster/launcher-messages.js'

new Launcher(parentPort as MessagePort, workerData as LauncherStart)
