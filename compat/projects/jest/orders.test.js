// CommonJS, as jest runs it without a flag.
const odradek = require('odradek')
const tour = require('../tour.cjs')

test.each(Object.keys(tour))('%s', (part) => tour[part](odradek), 60_000)
