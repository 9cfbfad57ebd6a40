module.exports = () => require('odradek/testing').stopSharedKafka()
