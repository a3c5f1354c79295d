package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;

/**
 * The KeyPackages of one suite that this device keeps at its server, beside the one of last resort.
 *
 * @param suite which suite they are for
 * @param target one-time KeyPackages that the server should hold
 * @param refillBelow publish more when fewer are left
 */
public record KeyPackageSupply(ChannelSuite suite, int target, int refillBelow) {}
