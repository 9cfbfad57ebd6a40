#!/usr/bin/env node
import { runProgram } from './program.js'
import { watchStandardStreams } from './standard-streams.js'

watchStandardStreams()
await runProgram(process.argv.slice(2))
