// A program that a bundler joins into one file, with the package inside: what needs threads says what to do.
import assert from 'node:assert'
import * as odradek from 'odradek'
import tour from '../tour.cjs'

async function run() {
  await tour.simulated(odradek)
  await assert.rejects(odradek.Cluster.start(), /a bundle must leave the package outside/)
}
run()
