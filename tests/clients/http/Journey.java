// The whole journey by java.net.http, once for each case; test_http_clients.py says what a case is.
//
//   java Journey.java API CASES

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Journey {
    /** A string member of a JSON object. The JDK has no JSON parser, and the journey needs no more. */
    private static final Pattern MEMBER =
            Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        try (var cases = Files.list(Path.of(arguments[1]))) {
            for (Path folder : cases.sorted().toList()) {
                System.out.println(folder.getFileName() + " " + travel(arguments[0], folder));
            }
        }
    }

    private static String travel(String api, Path folder) throws IOException, InterruptedException {
        String authorization = Files.readString(folder.resolve("authorization"));
        HttpResponse<String> started = send(HttpRequest.newBuilder(URI.create(api + "/uploads"))
                .header("Authorization", authorization)
                .header("Content-Type", Files.readString(folder.resolve("content-type")))
                .POST(BodyPublishers.ofFile(folder.resolve("body"))));
        if (started.statusCode() != 201) {
            return started.statusCode() + " none";
        }
        put(started.body(), folder.resolve("file"));
        URI upload = started.uri().resolve(started.headers().firstValue("location").orElseThrow());
        URI complete = URI.create(upload + "/complete");
        expect(204, send(HttpRequest.newBuilder(complete)
                .header("Authorization", authorization)
                .POST(BodyPublishers.noBody())));
        String outcome = "PROCESSING";
        while (outcome.equals("PROCESSING")) {
            HttpResponse<String> answer =
                    send(HttpRequest.newBuilder(upload).header("Authorization", authorization));
            outcome = member(expect(200, answer).body());
        }
        return "201 " + outcome;
    }

    private static void put(String ticket, Path file) throws IOException, InterruptedException {
        HttpRequest.Builder request = null;
        String headers = ticket.substring(ticket.indexOf("\"headers\""));
        Matcher url = MEMBER.matcher(ticket);
        while (url.find()) {
            if (url.group(1).equals("url")) {
                request = HttpRequest.newBuilder(URI.create(plain(url.group(2))));
            }
        }
        headers = headers.substring(0, headers.indexOf('}'));
        for (Matcher header = MEMBER.matcher(headers); header.find(); ) {
            request.header(plain(header.group(1)), plain(header.group(2)));
        }
        expect(200, send(request.PUT(BodyPublishers.ofFile(file))));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> expect(int status, HttpResponse<String> answer) {
        if (answer.statusCode() != status) {
            throw new AssertionError(answer.statusCode() + ": " + answer.body());
        }
        return answer;
    }

    /** The value of the first member. */
    private static String member(String object) {
        Matcher found = MEMBER.matcher(object);
        return found.find() ? found.group(2) : "";
    }

    /** A JSON string's content without its escapes of a quote and a backslash. */
    private static String plain(String escaped) {
        return escaped.replaceAll("\\\\(.)", "$1");
    }
}
