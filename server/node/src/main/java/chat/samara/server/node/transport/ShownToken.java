package chat.samara.server.node.transport;

/**
 * What a connection has shown by which a device is known that comes back, and which it may show once.
 *
 * @param device a number of the device that was given it
 * @param number tells it from all others of that device
 * @param hour when it was given, in hours since 1970 UTC
 */
public record ShownToken(long device, long number, int hour) {}
