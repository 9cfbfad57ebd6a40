import * as odradek from 'odradek'
import { test } from 'vitest'
import tour from '../tour.cjs'

test.each(Object.keys(tour))('%s', (part) => tour[part as keyof typeof tour](odradek))
