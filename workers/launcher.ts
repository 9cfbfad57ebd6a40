/** Starts and ends every other thread, and reports on it. Runs on its event loop; decides nothing. */
import { Launcher } from '../src/cluster/launcher.js'
import type { LauncherStart } from '../src/cluster/launcher-messages.js'
import { takeStart } from '../src/cluster/started-thread.js'

new Launcher(takeStart<LauncherStart>())
