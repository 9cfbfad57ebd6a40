// A program that a bundler joins into one file, the package left outside.
import * as odradek from 'odradek'
import tour from '../tour.cjs'

async function run() {
  for (const part of [tour.onThreads, tour.errors, tour.simulated]) await part(odradek)
}
run()
