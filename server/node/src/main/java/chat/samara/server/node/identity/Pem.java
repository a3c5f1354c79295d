package chat.samara.server.node.identity;

import chat.samara.server.node.folder.FolderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Textual encoding of keys and certificates (RFC 7468), so that an operator's usual tools can read them. */
final class Pem {
    static final String PRIVATE_KEY = "PRIVATE KEY";
    static final String CERTIFICATE = "CERTIFICATE";

    private static final int LINE_CHARS = 64;
    private static final int FILE_BYTES_MAX = 64 * 1024;

    private Pem() {}

    static byte[] encode(String label, byte[] der) {
        String body = Base64.getMimeEncoder(LINE_CHARS, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** The first block with this label in the file. */
    static byte[] read(Path file, String label) throws FolderException {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new FolderException("The file " + file + " has more than " + FILE_BYTES_MAX
                        + " bytes, expected one " + label + " in PEM form.");
            }
            String text = Files.readString(file, StandardCharsets.US_ASCII);
            String begin = "-----BEGIN " + label + "-----";
            int start = text.indexOf(begin);
            int end = text.indexOf("-----END " + label + "-----");
            if (start < 0 || end < start) {
                throw new FolderException("The file " + file + " holds no " + label
                        + " in PEM form; restore it from a backup of the data folder.");
            }
            return Base64.getMimeDecoder().decode(text.substring(start + begin.length(), end));
        } catch (IllegalArgumentException notBase64) {
            throw new FolderException(
                    "The file " + file + " is damaged (not Base64); restore it from a backup of the data folder.",
                    notBase64);
        } catch (IOException failed) {
            throw new FolderException("The file " + file + " cannot be read (" + failed.getMessage() + ").", failed);
        }
    }
}
