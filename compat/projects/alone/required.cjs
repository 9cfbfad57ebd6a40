// Nothing is installed but the package.
const tour = require('../tour.cjs')
const odradek = require('odradek')

async function run() {
  for (const part of Object.values(tour)) await part(odradek)
}
run()
