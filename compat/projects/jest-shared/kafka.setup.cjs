module.exports = () => require('odradek/testing').shareKafka({ brokers: 3 })
