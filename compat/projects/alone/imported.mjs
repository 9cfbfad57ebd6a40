// Nothing is installed but the package.
import * as odradek from 'odradek'
import tour from '../tour.cjs'

for (const part of Object.values(tour)) await part(odradek)
