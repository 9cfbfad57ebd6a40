// A handler module, in CommonJS: counts in shared memory.
module.exports = ({ count }) => ({ eachMessage: () => void Atomics.add(new Int32Array(count), 0, 1) })
