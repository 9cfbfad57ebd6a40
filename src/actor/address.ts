export type Role = 'controller' | 'broker' | 'sender' | 'consumer' | 'gateway' | 'client'
/** Names an actor, never a thread: the host decides where it runs. `broker-2` */
export type Address = `${Role}-${number}`

/** The supervisor's actor that decides for all brokers. */
export const CONTROLLER: Address = 'controller-0'

export const roleOf = (address: Address): Role => address.slice(0, address.lastIndexOf('-')) as Role

export const brokerAddress = (brokerId: number): Address => `broker-${brokerId}`
