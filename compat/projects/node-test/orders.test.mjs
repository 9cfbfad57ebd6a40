import test from 'node:test'
import * as odradek from 'odradek'
import tour from '../tour.cjs'

for (const [name, part] of Object.entries(tour)) test(name, () => part(odradek))
