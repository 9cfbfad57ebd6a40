const path = require('node:path')

// As the README says: what starts threads stays outside.
module.exports = ({ program, outside }) => ({
  mode: 'production',
  target: 'node20',
  entry: path.join(__dirname, `${program}.mjs`),
  externals: outside ? { odradek: 'commonjs odradek' } : {},
  output: { path: __dirname, filename: `${program}.webpack.cjs`, library: { type: 'commonjs2' } },
})
