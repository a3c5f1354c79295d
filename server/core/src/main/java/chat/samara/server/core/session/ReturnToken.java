package chat.samara.server.core.session;

/**
 * What a returning device has shown ({@link ReturnTokens}).
 *
 * @param device a number of the device that was given it
 * @param number tells it from all others of that device
 * @param hour when it was given, in hours since 1970 UTC
 */
public record ReturnToken(long device, long number, int hour) {}
