// As jest runs it for code that is meant for browsers, too.
const odradek = require('odradek')
const tour = require('../tour.cjs')

test.each(Object.keys(tour))('%s', (part) => tour[part](odradek), 60_000)

test.each(['errors', 'deadLetters', 'simulated'])(
  '%s, with timers and clocks that stand still',
  async (part) => {
    jest.useFakeTimers()
    await tour[part](odradek)
    jest.useRealTimers()
  },
  60_000,
)
