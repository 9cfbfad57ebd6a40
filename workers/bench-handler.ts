/** The handler module of measured runs; a consumer's thread imports it. */
import benchHandler from '../src/lab/measure/bench-handler.js'

export default benchHandler
