package chat.samara.client.device;

import chat.samara.mls.crypto.CipherSuite;

/**
 * What may differ between devices; all else is in {@link Limits}.
 *
 * @param suite cipher suite of new channels and of this device's KeyPackages
 * @param keyPackagesTarget one-time KeyPackages that the server should hold
 * @param keyPackagesRefillBelow publish more when fewer are left
 * @param reconnectMillisMin first back-off after a lost connection, before jitter
 * @param reconnectMillisMax longest back-off, before jitter
 * @param pingEveryMillis a quiet connection is probed after this
 * @param silenceMillisMax a connection that is quiet for this long, in spite of probes, is given up; also the time an answer may take
 * @param retryMillisMin first back-off of a lost commit race or a failed claim, before jitter
 * @param retryMillisMax longest back-off of those, before jitter
 * @param changeAttemptsMax tries of one intent before it is refused
 * @param creditBytes bytes of entries that the server may push ahead
 */
public record EngineConfig(
        CipherSuite suite,
        int keyPackagesTarget,
        int keyPackagesRefillBelow,
        long reconnectMillisMin,
        long reconnectMillisMax,
        long pingEveryMillis,
        long silenceMillisMax,
        long retryMillisMin,
        long retryMillisMax,
        int changeAttemptsMax,
        long creditBytes) {
    /** Good values for people's devices. */
    public static EngineConfig standard() {
        return new EngineConfig(
                CipherSuite.X25519_AES128GCM_SHA256_ED25519,
                100,
                25,
                500,
                60_000,
                25_000,
                60_000,
                200,
                30_000,
                20,
                4 * 1024 * 1024);
    }
}
