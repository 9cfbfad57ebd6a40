import type { ScriptedFault } from '../../cluster/fault-rule.js'
import type { FaultHandle } from '../../cluster/scripted-faults.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'

/**
 * The rules by which requests go wrong, each from the moment at which it was asked for: it may take a while until every
 * broker has heard of it, and whoever heals must not miss one that is under way.
 */
export class FaultRules {
  readonly #cluster: SimulatedCluster
  /** Null: the cluster could not take the rule. */
  #added: Promise<FaultHandle | null>[] = []

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster
  }

  add(fault: ScriptedFault): void {
    this.#added.push(this.#cluster.faults.add(fault).catch(() => null))
  }

  async removeAll(): Promise<void> {
    for (const added of this.#added.splice(0)) {
      const rule = await this.#cluster.run(added)
      if (rule !== null) await this.#cluster.run(rule.remove())
    }
  }
}
